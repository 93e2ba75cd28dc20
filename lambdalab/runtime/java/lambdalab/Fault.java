package lambdalab;

/** What is wrong with the function before, or beside, its handler's own code; with AWS's message. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whether it is reported when the environment starts. The others wait for the first invocation, as on AWS. */
    final boolean fatal;

    Fault(String message, Throwable cause, boolean fatal) {
        super(message, cause);
        this.fatal = fatal;
    }
}
