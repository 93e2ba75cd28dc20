package lambdalab;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The Runtime API over one connection: one request at a time, HTTP/1.1. */
final class RuntimeApi {
    private static final String PATH = "/2018-06-01/runtime/";

    private final String address;
    private final Socket socket = new Socket(Proxy.NO_PROXY);
    private final InputStream in;

    RuntimeApi(String address) throws IOException {
        this.address = address;
        String[] parts = address.split(":");
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])));
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** A response: its headers, with names in lower case, and its body. */
    record Response(Map<String, String> headers, byte[] body) {}

    Response next() throws IOException {
        return call("GET", "invocation/next", null);
    }

    void respond(String requestId, byte[] result) throws IOException {
        call("POST", "invocation/" + requestId + "/response", result);
    }

    void fail(String requestId, byte[] error) throws IOException {
        call("POST", "invocation/" + requestId + "/error", error);
    }

    void failInit(byte[] error) throws IOException {
        call("POST", "init/error", error);
    }

    private Response call(String method, String path, byte[] body) throws IOException {
        String head = method + " " + PATH + path + " HTTP/1.1\r\nHost: " + address + "\r\n";
        if (body != null) head += "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        if (body != null) request.writeBytes(body);
        socket.getOutputStream().write(request.toByteArray());

        line(); // the status: Lambda's refusals are Lambda's to act on
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        return new Response(headers, in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0"))));
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int each = in.read(); each != '\n'; each = in.read()) {
            if (each < 0) throw new EOFException("Lambda hung up");
            if (each != '\r') line.write(each);
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
