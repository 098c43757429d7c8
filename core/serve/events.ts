/**
 * The events of a job as server-sent events (HTML Living Standard, "Server-sent events").
 *
 * @module
 */
import type { Job } from "./jobs.ts";
import type { Answer, Call } from "./message.ts";

/** Milliseconds after which a comment is sent, so that nobody in between takes the connection for dead. */
const HEARTBEAT_MS = 15000;

/** Answers with what happened and happens to `job`, until it is over or the client leaves, which cancels the job. */
export function eventStream(job: Job, call: Call): Answer {
  const last = /^\d{1,9}$/.exec(call.header("last-event-id") ?? "")?.[0];
  return {
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" },
    body: lines(job, last === undefined ? 0 : Number(last) + 1, call.signal),
  };
}

async function* lines(job: Job, from: number, signal: AbortSignal): AsyncGenerator<string> {
  const events = job.listen(signal, from);
  let next = events.next();
  try {
    for (;;) {
      const silence = Promise.withResolvers<undefined>();
      const clock = setTimeout(() => silence.resolve(undefined), HEARTBEAT_MS);
      const came = await Promise.race([next, silence.promise]).finally(() => clearTimeout(clock));
      if (came === undefined) {
        yield ": still here\n\n";
        continue;
      }
      if (came.done) return;
      const { id, event: { event, data } } = came.value;
      yield `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      next = events.next();
    }
  } finally {
    await events.return(undefined);
  }
}
