// Stands in for rapid-client.node, the compiled transport of AWS's Node.js runtime client, which exists for Lambda's
// own machines only. The rest of the client, which finds the handler, calls it and words its errors, is AWS's.
//
// next() waits without holding up the event loop. done() and error() return when Lambda has the answer, as the
// compiled ones do: the client may end the process right after, and a handler may never let go of the event loop.
// So they write to a connection of their own, below Node's streams, and wait for the reply there.
"use strict";

const { spawnSync } = require("node:child_process");
const { subscribe } = require("node:diagnostics_channel");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const INVOCATION = "/2018-06-01/runtime/invocation/";
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const line = net.connect({ host, port: Number(port), noDelay: true });
line.on("error", () => {});
line.pause(); // nobody but reply() reads from it
line.unref();

// A streamed answer goes through Node's own HTTP client. The runtime client may ask for more before its end is sent.
let streamed = Promise.resolve();
subscribe("http.client.request.start", ({ request }) => {
  if (request.path.startsWith(INVOCATION) && request.path.endsWith("/response")) {
    streamed = new Promise((resolve) => request.once("close", resolve));
  }
});

const bell = new Int32Array(new SharedArrayBuffer(4));

/** Repeat an operation on a descriptor that does not block, until it can be done. */
function whenReady(operation) {
  for (let pause = 0.02; ; pause = Math.min(2 * pause, 2)) {
    try {
      return operation();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(bell, 0, 0, pause);
    }
  }
}

function send(descriptor, bytes) {
  for (let sent = 0; sent < bytes.length;) {
    sent += whenReady(() => fs.writeSync(descriptor, bytes, sent));
  }
}

/** Read one HTTP response and throw it away: the compiled client does not look at it either. */
function reply(descriptor) {
  const chunk = Buffer.alloc(4096);
  let text = "";
  for (;;) {
    const size = whenReady(() => fs.readSync(descriptor, chunk));
    if (size === 0) return;
    text += chunk.latin1Slice(0, size);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
    if (text.length >= end + 4 + length) return;
  }
}

function post(path, body, more = {}) {
  const bytes = Buffer.from(body);
  const headers = { "Content-Type": "application/json", "Content-Length": bytes.length, ...more };
  const descriptor = line._handle?.fd;
  if (!(descriptor > 0)) {
    postFromAChild(path, bytes, headers); // no descriptors on this system: Windows
    return;
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  send(descriptor, Buffer.from(`POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${lines.join("")}\r\n`));
  send(descriptor, bytes);
  reply(descriptor);
}

function postFromAChild(path, bytes, headers) {
  const options = JSON.stringify({ host, port, path, headers, method: "POST" });
  const program = `require("http").request(${options}).end(require("fs").readFileSync(0))`;
  spawnSync(process.execPath, ["-e", program], { input: bytes });
}

module.exports = {
  async next() {
    await streamed;
    return new Promise((resolve, reject) => {
      const request = http.get({ host, port, path: INVOCATION + "next", agent }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ bodyJson: Buffer.concat(chunks).toString("utf8"), headers: response.headers }),
        );
      });
      request.on("error", reject);
    });
  },

  done(id, body) {
    post(`${INVOCATION}${id}/response`, body);
  },

  error(id, body, cause) {
    const header = /^[\x20-\x7e]+$/.test(cause) ? { "Lambda-Runtime-Function-XRay-Error-Cause": cause } : {};
    post(`${INVOCATION}${id}/error`, body, header);
  },
};
