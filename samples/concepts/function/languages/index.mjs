export const handler = async (event, context) => {
  const left = context.getRemainingTimeInMillis();
  console.log(`${context.functionName}: ${left} ms left`);
  return { message: `Hello, ${event.name}!` };
};
