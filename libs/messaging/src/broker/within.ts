/** The promise's result, or an error after `milliseconds`: a broker in trouble may leave a call without any answer. */
export async function within<Result>(milliseconds: number, what: string, promise: Promise<Result>, who = 'the broker'): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: ${who} gave no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
