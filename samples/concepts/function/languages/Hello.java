package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

public class Hello implements RequestHandler<Map<String, String>, Map<String, String>> {
    @Override
    public Map<String, String> handleRequest(Map<String, String> event, Context context) {
        int left = context.getRemainingTimeInMillis();
        context.getLogger().log(context.getFunctionName() + ": " + left + " ms left");
        return Map.of("message", "Hello, " + event.get("name") + "!");
    }
}
