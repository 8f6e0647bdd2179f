import type { Outcome } from 'src/modules/push/push.transport';
import { z } from 'zod';

const Sent = z.object({ name: z.string().max(255) });
const Failed = z.object({
  error: z.object({
    status: z.string().optional(),
    details: z
      .array(
        z.object({
          errorCode: z.string().optional(),
          fieldViolations: z.array(z.object({ field: z.string().optional() })).optional(),
        }),
      )
      .optional(),
  }),
});

/** The provider says of these that the device is not there, or is not ours. */
const GONE = new Set(['UNREGISTERED', 'SENDER_ID_MISMATCH']);

/** What an answer of FCM means (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
export function outcomeOfAnswer(status: number, body: string): Outcome {
  const json = parse(body);
  if (status === 200) {
    const { data } = Sent.safeParse(json);
    return data ? { is: 'sent', messageId: data.name } : { is: 'later', why: 'an answer without a name' };
  }
  const error = Failed.safeParse(json).data?.error;
  const details = error?.details ?? [];
  const code = details.find(({ errorCode }) => errorCode)?.errorCode ?? error?.status;
  const why = code ?? `status ${status}`;
  const isTokenWrong = details.some(({ fieldViolations }) =>
    fieldViolations?.some(({ field }) => field === 'message.token'),
  );
  if (GONE.has(why) || (status === 404 && !code) || isTokenWrong) return { is: 'gone', why };
  // Refused credentials are the operator's to mend, and no fault of the push.
  if (status === 401 || status === 403 || status === 408 || status === 429 || status >= 500 || status < 300)
    return { is: 'later', why };
  return { is: 'refused', why };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
