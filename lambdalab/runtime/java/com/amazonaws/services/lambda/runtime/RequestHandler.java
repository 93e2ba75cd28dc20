package com.amazonaws.services.lambda.runtime;

/** A handler that takes an event of one type and returns a result of another. */
public interface RequestHandler<I, O> {
    O handleRequest(I input, Context context);
}
