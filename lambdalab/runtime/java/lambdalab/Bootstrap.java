package lambdalab;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The main program of a Java execution environment: asks Lambda for an event, hands it to the handler, posts what comes
 * of it, and asks again.
 *
 * <p>AWS's own, aws-lambda-java-runtime-interface-client, is on Maven Central only. This one is written after what AWS
 * documents and that client's observable behaviour: its error documents and its log records.
 */
public final class Bootstrap {
    private Bootstrap() {}

    public static void main(String[] arguments) throws Exception {
        Log log = new Log(System.getenv("_LAMBDA_TELEMETRY_LOG_FD"));
        RuntimeApi lambda = new RuntimeApi(System.getenv("AWS_LAMBDA_RUNTIME_API"));
        Handler handler;
        try {
            handler = Handler.of(System.getenv("_HANDLER"));
        } catch (Fault fault) {
            if (fault.fatal) {
                log.log(record(fault));
                lambda.failInit(document(fault));
                System.exit(1);
            }
            handler = (event, context) -> {
                throw fault;
            };
        }
        while (true) handleOne(lambda, handler, log);
    }

    private static void handleOne(RuntimeApi lambda, Handler handler, Log log) throws IOException {
        RuntimeApi.Response event = lambda.next();
        Map<String, String> headers = event.headers();
        String requestId = headers.get("lambda-runtime-aws-request-id");
        System.setProperty("com.amazonaws.xray.traceHeader", headers.getOrDefault("lambda-runtime-trace-id", ""));
        try {
            byte[] result = handler.call(event.body(), new Invocation(headers, log));
            System.out.flush();
            lambda.respond(requestId, result);
        } catch (Throwable error) {
            hideBootstrap(error);
            log.log(record(error));
            lambda.fail(requestId, document(error));
            if (error instanceof VirtualMachineError) System.exit(1);
        }
    }

    // Errors ---------------------------------------------------------------------------------------------------

    /** The error document: message, type, stack, and the cause's. */
    private static byte[] document(Throwable error) {
        try {
            return Json.write(members(error)).getBytes(StandardCharsets.UTF_8);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible); // it is made of maps, lists and strings
        }
    }

    private static Map<String, Object> members(Throwable error) {
        Throwable named = error instanceof Fault && error.getCause() != null ? error.getCause() : error;
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("errorMessage", error.getMessage());
        if (!(named instanceof Fault)) {
            members.put("errorType", named.getClass().getName());
            List<String> stack = new ArrayList<>();
            for (StackTraceElement frame : hideBootstrap(named).getStackTrace()) stack.add(frame.toString());
            members.put("stackTrace", stack);
            if (named.getCause() != null) members.put("cause", members(named.getCause()));
        }
        return members;
    }

    /** What the log says: message, type, and the stack as Java prints it. */
    private static String record(Throwable error) {
        Throwable named = error instanceof Fault && error.getCause() != null ? error.getCause() : error;
        String message = error.getMessage() == null ? error.getClass().getName() : error.getMessage();
        if (named instanceof Fault) return message + "\n";
        StringWriter stack = new StringWriter();
        hideBootstrap(named).printStackTrace(new PrintWriter(stack));
        return message + ": " + named.getClass().getName() + "\n" + stack + "\n";
    }

    /** Cut our own frames, and how they called the handler, off a stack and those of its causes. */
    private static Throwable hideBootstrap(Throwable error) {
        StackTraceElement[] frames = error.getStackTrace();
        int end = 0;
        while (end < frames.length && !frames[end].getClassName().startsWith("lambdalab.")) end++;
        if (end < frames.length) {
            while (end > 0 && frames[end - 1].getClassName().matches("(java\\.lang|jdk\\.internal)\\.reflect\\..*")) end--;
        }
        error.setStackTrace(Arrays.copyOf(frames, end));
        if (error.getCause() != null && error.getCause() != error) hideBootstrap(error.getCause());
        return error;
    }

    // Context --------------------------------------------------------------------------------------------------

    private record Invocation(Map<String, String> headers, Log log) implements Context {
        @Override
        public String getAwsRequestId() {
            return headers.get("lambda-runtime-aws-request-id");
        }

        @Override
        public String getLogGroupName() {
            return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
        }

        @Override
        public String getLogStreamName() {
            return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
        }

        @Override
        public String getFunctionName() {
            return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
        }

        @Override
        public String getFunctionVersion() {
            return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
        }

        @Override
        public String getInvokedFunctionArn() {
            return headers.get("lambda-runtime-invoked-function-arn");
        }

        @Override
        public CognitoIdentity getIdentity() {
            return null;
        }

        @Override
        public ClientContext getClientContext() {
            return null;
        }

        @Override
        public int getRemainingTimeInMillis() {
            return (int) (Long.parseLong(headers.get("lambda-runtime-deadline-ms")) - System.currentTimeMillis());
        }

        @Override
        public int getMemoryLimitInMB() {
            return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
        }

        @Override
        public LambdaLogger getLogger() {
            return log;
        }
    }
}
