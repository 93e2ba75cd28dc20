package com.amazonaws.services.lambda.runtime;

/** Writes to the function's log; each call is one record. */
public interface LambdaLogger {
    void log(String message);

    void log(byte[] message);
}
