package lambdalab;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * JSON and the types that handlers are written with: String, numbers, booleans, lists, maps, records, and classes with
 * getters and setters. AWS uses a library for this; what that does beyond these types, this does not.
 */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** The value of a JSON text, as a type that a handler asks for. */
    static Object read(String text, Type type) throws ReflectiveOperationException {
        if (text.isBlank()) return null;
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at < text.length()) throw json.unexpected();
        return as(value, type);
    }

    // From text ------------------------------------------------------------------------------------------------

    private Object value() {
        space();
        if (at >= text.length()) throw unexpected();
        char first = text.charAt(at);
        switch (first) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true", true);
            case 'f':
                return word("false", false);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        for (boolean more = opened('}'); more; more = continued('}')) {
            space();
            String name = string();
            space();
            if (!taken(':')) throw unexpected();
            members.put(name, value());
        }
        return members;
    }

    private List<Object> array() {
        List<Object> items = new ArrayList<>();
        for (boolean more = opened(']'); more; more = continued(']')) items.add(value());
        return items;
    }

    private boolean opened(char end) {
        at++;
        space();
        return !taken(end);
    }

    private boolean continued(char end) {
        space();
        if (taken(end)) return false;
        if (!taken(',')) throw unexpected();
        return true;
    }

    private String string() {
        if (!taken('"')) throw unexpected();
        StringBuilder builder = new StringBuilder();
        while (at < text.length()) {
            char each = text.charAt(at++);
            if (each == '"') return builder.toString();
            builder.append(each == '\\' ? escaped() : each);
        }
        throw unexpected();
    }

    private char escaped() {
        char letter = text.charAt(at++);
        switch (letter) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u':
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            default:
                return letter;
        }
    }

    private Object word(String word, Object meaning) {
        if (!text.startsWith(word, at)) throw unexpected();
        at += word.length();
        return meaning;
    }

    private Number number() {
        int begin = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        String digits = text.substring(begin, at);
        try {
            if (!digits.matches("-?\\d+")) return Double.valueOf(digits);
            long whole = Long.parseLong(digits);
            if (whole == (int) whole) return (int) whole;
            return whole;
        } catch (NumberFormatException error) {
            throw unexpected();
        }
    }

    private void space() {
        while (at < text.length() && text.charAt(at) <= ' ') at++;
    }

    private boolean taken(char wanted) {
        if (at >= text.length() || text.charAt(at) != wanted) return false;
        at++;
        return true;
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("Unexpected JSON at character " + at);
    }

    // As a type ------------------------------------------------------------------------------------------------

    private static Object as(Object value, Type type) throws ReflectiveOperationException {
        if (type instanceof TypeVariable<?> || type instanceof WildcardType) return value;
        if (type instanceof ParameterizedType generic) return asGeneric(value, generic);
        Class<?> wanted = (Class<?>) type;
        if (value == null || wanted == Object.class) return value;
        if (wanted == String.class && !(value instanceof Map) && !(value instanceof List)) return value.toString();
        if (value instanceof Number number && asNumber(number, wanted) != null) return asNumber(number, wanted);
        if (wanted == boolean.class && value instanceof Boolean) return value;
        if (wanted.isInstance(value)) return value;
        if (wanted.isEnum()) return asEnum(value.toString(), wanted);
        if (value instanceof List<?> items && wanted.isArray()) return asArray(items, wanted.getComponentType());
        if (value instanceof List<?> items && wanted.isAssignableFrom(LinkedHashSet.class)) {
            return new LinkedHashSet<>(items);
        }
        if (value instanceof Map<?, ?> members) {
            return wanted.isRecord() ? asRecord(members, wanted) : asBean(members, wanted);
        }
        String kind = value instanceof List ? "an array" : "the value " + write(value);
        throw new IllegalArgumentException("Cannot read " + kind + " as " + wanted.getName());
    }

    private static Object asGeneric(Object value, ParameterizedType type) throws ReflectiveOperationException {
        Type last = type.getActualTypeArguments()[type.getActualTypeArguments().length - 1];
        if (value instanceof List<?> items) {
            List<Object> list = new ArrayList<>();
            for (Object item : items) list.add(as(item, last));
            return Set.class.isAssignableFrom((Class<?>) type.getRawType()) ? new LinkedHashSet<>(list) : list;
        }
        if (value instanceof Map<?, ?> members && Map.class.isAssignableFrom((Class<?>) type.getRawType())) {
            Map<Object, Object> map = new LinkedHashMap<>();
            for (var member : members.entrySet()) map.put(member.getKey(), as(member.getValue(), last));
            return map;
        }
        return as(value, type.getRawType());
    }

    private static Object asNumber(Number number, Class<?> wanted) {
        if (wanted == int.class || wanted == Integer.class) return number.intValue();
        if (wanted == long.class || wanted == Long.class) return number.longValue();
        if (wanted == double.class || wanted == Double.class) return number.doubleValue();
        if (wanted == float.class || wanted == Float.class) return number.floatValue();
        if (wanted == short.class || wanted == Short.class) return number.shortValue();
        if (wanted == byte.class || wanted == Byte.class) return number.byteValue();
        return null;
    }

    private static Object asEnum(String name, Class<?> wanted) {
        for (Object each : wanted.getEnumConstants()) {
            if (((Enum<?>) each).name().equals(name)) return each;
        }
        throw new IllegalArgumentException("There is no " + name + " in " + wanted.getName());
    }

    private static Object asArray(List<?> items, Class<?> each) throws ReflectiveOperationException {
        Object array = Array.newInstance(each, items.size());
        for (int index = 0; index < items.size(); index++) Array.set(array, index, as(items.get(index), each));
        return array;
    }

    private static Object asRecord(Map<?, ?> members, Class<?> wanted) throws ReflectiveOperationException {
        RecordComponent[] components = wanted.getRecordComponents();
        Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = new Object[components.length];
        for (int index = 0; index < components.length; index++) {
            Object value = as(members.get(components[index].getName()), components[index].getGenericType());
            boolean absent = value == null && types[index].isPrimitive();
            values[index] = absent ? Array.get(Array.newInstance(types[index], 1), 0) : value;
        }
        Constructor<?> constructor = wanted.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }

    private static Object asBean(Map<?, ?> members, Class<?> wanted) throws ReflectiveOperationException {
        Constructor<?> constructor = wanted.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object bean = constructor.newInstance();
        for (Method method : wanted.getMethods()) {
            if (!method.getName().startsWith("set") || method.getParameterCount() != 1) continue;
            String name = property(method.getName().substring(3));
            if (members.get(name) == null) continue;
            method.setAccessible(true);
            method.invoke(bean, as(members.get(name), method.getGenericParameterTypes()[0]));
        }
        return bean;
    }

    private static String property(String name) {
        return name.isEmpty() ? name : Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    // To text --------------------------------------------------------------------------------------------------

    /** A value that a handler returned, as JSON. */
    static String write(Object value) throws ReflectiveOperationException {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) throws ReflectiveOperationException {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof Map<?, ?> map) {
            String before = "{";
            if (map.isEmpty()) out.append(before);
            for (var member : map.entrySet()) {
                out.append(before);
                quote(String.valueOf(member.getKey()), out);
                out.append(':');
                write(member.getValue(), out);
                before = ",";
            }
            out.append('}');
        } else if (value instanceof Iterable<?> items) {
            String before = "[";
            if (!items.iterator().hasNext()) out.append(before);
            for (Object item : items) {
                out.append(before);
                write(item, out);
                before = ",";
            }
            out.append(']');
        } else if (value.getClass().isArray()) {
            List<Object> items = new ArrayList<>();
            for (int index = 0; index < Array.getLength(value); index++) items.add(Array.get(value, index));
            write(items, out);
        } else if (value instanceof CharSequence || value instanceof Character || value instanceof Enum<?>) {
            quote(value.toString(), out);
        } else {
            write(members(value), out);
        }
    }

    private static Map<String, Object> members(Object value) throws ReflectiveOperationException {
        Map<String, Object> members = new LinkedHashMap<>();
        if (value.getClass().isRecord()) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                members.put(component.getName(), component.getAccessor().invoke(value));
            }
            return members;
        }
        Map<String, Method> getters = new TreeMap<>(); // reflection has no order of its own
        for (Method method : value.getClass().getMethods()) {
            String name = method.getName();
            boolean getter = name.length() > 3 && name.startsWith("get") && !name.equals("getClass");
            boolean question = name.length() > 2 && name.startsWith("is") && method.getReturnType() == boolean.class;
            if (method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers()) && (getter || question)) {
                getters.put(property(name.substring(getter ? 3 : 2)), method);
            }
        }
        for (var getter : getters.entrySet()) {
            getter.getValue().setAccessible(true);
            members.put(getter.getKey(), getter.getValue().invoke(value));
        }
        return members;
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (char each : text.toCharArray()) {
            switch (each) {
                case '"':
                    out.append("\\\"");
                    break;
                case '\\':
                    out.append("\\\\");
                    break;
                case '\n':
                    out.append("\\n");
                    break;
                case '\r':
                    out.append("\\r");
                    break;
                case '\t':
                    out.append("\\t");
                    break;
                default:
                    if (each < ' ') out.append(String.format("\\u%04x", (int) each));
                    else out.append(each);
            }
        }
        out.append('"');
    }
}
