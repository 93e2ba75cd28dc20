// No request leaves the machine: a guard at the level of Node's sockets, for this process and its worker threads.
// Loaded before anything else (node -r); http, https, tls, fetch and every SDK end in net.Socket, dns or dgram.
"use strict";

const dgram = require("node:dgram");
const dns = require("node:dns");
const Module = require("node:module");
const net = require("node:net");

/** Whether a host name or address stays on this machine. As in _lambdalab_guard.py. */
function isLoopback(host) {
  const name = String(host ?? "")
    .replace(/\.$/, "")
    .toLowerCase();
  return (
    ["", "localhost", "ip6-localhost", "ip6-loopback", "::1"].includes(name) ||
    name.endsWith(".localhost") ||
    name.startsWith("::ffff:127.") ||
    /^127(\.\d+){3}$/.test(name)
  );
}

/** The error for a blocked request; `below`: the stack begins at its caller. */
function blocked(target, below) {
  const error = new Error(
    `The lab blocked a connection to ${target}. In local mode nothing leaves this machine. ` +
      "If an AWS SDK client did this, it has an endpoint of its own: leave it out, AWS_ENDPOINT_URL leads to the lab. " +
      "If you meant to reach the network, call lambdalab.stop() first.",
  );
  error.code = "ECONNREFUSED";
  Error.captureStackTrace(error, below);
  return error;
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  // net.connect() and net.createConnection() hand over an array that they have made of their arguments.
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const { host, port, path } =
    typeof first === "object" && first !== null
      ? first
      : Number.isNaN(Number(first))
        ? { path: first }
        : { port: first, host: typeof args[1] === "string" ? args[1] : undefined };
  if (path || isLoopback(host)) return connect.apply(this, args);
  const error = blocked(`${host}, port ${port}`, net.Socket.prototype.connect);
  process.nextTick(() => this.destroy(error));
  return this;
};

const LOOKUPS = /^(lookup|lookupService|resolve.*|reverse)$/;

/** Guard the functions of `owner` that ask a name server; `refuse(error, args)` tells the caller. */
function guardLookups(owner, refuse) {
  for (const name of Object.getOwnPropertyNames(owner).filter((each) => LOOKUPS.test(each))) {
    const ask = owner[name];
    owner[name] = function guarded(...args) {
      return isLoopback(args[0]) ? ask.apply(this, args) : refuse(blocked(args[0], guarded), args);
    };
  }
}

const callBack = (error, args) => process.nextTick(args.at(-1), error);
const reject = (error) => Promise.reject(error);
guardLookups(dns, callBack);
guardLookups(dns.promises, reject);
guardLookups(Object.getPrototypeOf(dns.Resolver.prototype), callBack);
guardLookups(dns.Resolver.prototype, callBack);
guardLookups(Object.getPrototypeOf(dns.promises.Resolver.prototype), reject);
guardLookups(dns.promises.Resolver.prototype, reject);

for (const name of ["send", "connect"]) {
  const original = dgram.Socket.prototype[name];
  dgram.Socket.prototype[name] = function (...args) {
    const rest = name === "send" ? args.slice(1) : args;
    const host = rest.find((each) => typeof each === "string");
    if (isLoopback(host)) return original.apply(this, args);
    const error = blocked(host, dgram.Socket.prototype[name]);
    const callback = args.at(-1);
    process.nextTick(() => (typeof callback === "function" ? callback(error) : this.emit("error", error)));
    return undefined;
  };
}

Module.syncBuiltinESMExports();
