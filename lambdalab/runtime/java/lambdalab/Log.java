package lambdalab;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The function's log: frames down the pipe that Lambda reads. A frame is type, length, microseconds, bytes.
 *
 * <p>What goes to System.out and System.err takes the same way, so that the order of lines holds.
 */
final class Log implements LambdaLogger {
    private static final int OUTPUT = 0;
    private static final int RECORD = 0xa55a0003;

    private final OutputStream pipe;

    Log(String descriptor) throws IOException {
        pipe = new FileOutputStream("/dev/fd/" + descriptor);
        System.setOut(new PrintStream(new Output(), false, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new Output(), false, StandardCharsets.UTF_8));
    }

    @Override
    public void log(String message) {
        log(String.valueOf(message).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void log(byte[] message) {
        frame(RECORD, message, 0, message.length);
    }

    private synchronized void frame(int type, byte[] bytes, int offset, int length) {
        ByteBuffer frame = ByteBuffer.allocate(16 + length);
        frame.putInt(type).putInt(length).putLong(System.currentTimeMillis() * 1000).put(bytes, offset, length);
        try {
            pipe.write(frame.array());
        } catch (IOException lost) {
            // Lambda is gone, and with it whoever could read this.
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int single) {
            frame(OUTPUT, new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            frame(OUTPUT, bytes, offset, length);
        }
    }
}
