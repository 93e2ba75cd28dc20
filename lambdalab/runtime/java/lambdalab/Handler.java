package lambdalab;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/** The function's handler, whatever it looks like: event bytes in, result bytes out. */
interface Handler {
    byte[] call(byte[] event, Context context) throws Throwable;

    /** Find "package.Class" or "package.Class::method". */
    static Handler of(String name) {
        String[] parts = name.split("::");
        if (parts.length > 2 || parts[0].isEmpty()) throw new Fault("Invalid handler: `" + name + "'", null, false);
        String className = parts[0], methodName = parts.length > 1 ? parts[1] : "handleRequest";
        Class<?> type;
        Object object;
        Method method;
        try {
            type = Class.forName(className);
            method = method(type, methodName);
            object = method == null || Modifier.isStatic(method.getModifiers())
                    ? null
                    : type.getConstructor().newInstance();
        } catch (ClassNotFoundException error) {
            throw new Fault("Class not found: " + className, error, false);
        } catch (NoSuchMethodException error) {
            throw new Fault("Class " + className + " has no public zero-argument constructor", error, false);
        } catch (InvocationTargetException error) {
            throw loading(className, error.getCause());
        } catch (ReflectiveOperationException | LinkageError error) {
            throw loading(className, error instanceof ExceptionInInitializerError ? error.getCause() : error);
        }
        if (method == null) {
            throw new Fault(
                    "No public method named " + methodName + " with appropriate method signature found on class "
                            + className,
                    null,
                    false);
        }
        return methodName.equals("handleRequest") ? ofInterface(object, method) : ofMethod(object, method);
    }

    private static Fault loading(String className, Throwable error) {
        String detail = error.getMessage() == null ? "" : ": " + error.getMessage();
        return new Fault("Error loading class " + className + detail, error, true);
    }

    /** The public method of that name that takes the most. Compilers add bridges, which take Object: not those. */
    private static Method method(Class<?> type, String name) {
        return Arrays.stream(type.getMethods())
                .filter(each -> each.getName().equals(name) && !each.isBridge() && !each.isSynthetic())
                .max(Comparator.comparingInt(Method::getParameterCount))
                .orElse(null);
    }

    @SuppressWarnings("unchecked")
    private static Handler ofInterface(Object object, Method method) {
        if (object instanceof RequestStreamHandler handler) {
            return (event, context) -> {
                ByteArrayOutputStream result = new ByteArrayOutputStream();
                handler.handleRequest(new ByteArrayInputStream(event), result, context);
                return result.toByteArray();
            };
        }
        if (object instanceof RequestHandler<?, ?> handler) {
            Type input = method.getGenericParameterTypes()[0];
            return (event, context) ->
                    bytes(((RequestHandler<Object, ?>) handler).handleRequest(value(event, input), context));
        }
        return ofMethod(object, method);
    }

    private static Handler ofMethod(Object object, Method method) {
        Type[] types = method.getGenericParameterTypes();
        method.setAccessible(true);
        return (event, context) -> {
            ByteArrayOutputStream streamed = new ByteArrayOutputStream();
            Object[] arguments = new Object[types.length];
            for (int index = 0; index < types.length; index++) {
                if (types[index] == Context.class) arguments[index] = context;
                else if (types[index] == InputStream.class) arguments[index] = new ByteArrayInputStream(event);
                else if (types[index] == OutputStream.class) arguments[index] = streamed;
                else arguments[index] = value(event, types[index]);
            }
            try {
                Object result = method.invoke(object, arguments);
                return Arrays.asList(types).contains(OutputStream.class) ? streamed.toByteArray() : bytes(result);
            } catch (InvocationTargetException error) {
                throw error.getCause();
            }
        };
    }

    private static Object value(byte[] event, Type type) {
        try {
            return Json.read(new String(event, StandardCharsets.UTF_8), type);
        } catch (ReflectiveOperationException | RuntimeException error) {
            throw new Fault("An error occurred during JSON parsing", error, false);
        }
    }

    private static byte[] bytes(Object result) {
        try {
            return Json.write(result).getBytes(StandardCharsets.UTF_8);
        } catch (ReflectiveOperationException | RuntimeException error) {
            throw new Fault("An error occurred during JSON serialization of response", error, false);
        }
    }
}
