/** Spans of OpenTelemetry, for whoever registers its SDK with this process; without one they cost next to nothing. */
import { type Attributes, SpanStatusCode, context, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("brm-graph");

/** Runs `work` within a span of that name, which ends when it does and tells whether it failed, and never how. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const span = tracer.startSpan(name, { attributes });
  if (!span.isRecording()) return work();
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
