import { useSyncExternalStore } from "react";
import { PlanText } from "./plan-text";
import { lastRun } from "./requests";

export const planPlugin = { title: "Query plan", icon: PlanIcon, content: Plan };

function Plan() {
  const run = useSyncExternalStore(lastRun.subscribe, lastRun.read);
  return (
    <section className="panel" aria-label="Query plan" data-testid="plan">
      <h2>Query plan</h2>
      {!run && <p className="hint">Run an operation to see which portfolios the gateway asks for it, in which order.</p>}
      {run && (
        <>
          <p className="run">
            <strong>{run.operation}</strong>
            <span>{formatTime(run.milliseconds)}</span>
            {run.plan && <span>{formatFetches(run.plan)}</span>}
          </p>
          {run.plan ? <PlanText plan={run.plan} /> : <p className="hint">The answer carried no query plan.</p>}
        </>
      )}
    </section>
  );
}

function formatFetches(plan: string): string {
  const count = plan.split("Fetch(").length - 1;
  return count === 1 ? "1 fetch" : `${count} fetches`;
}

function formatTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path d="M2.500 7.500h5v5h-5zM12.500 2.500h5v5h-5zM12.500 12.500h5v5h-5zM7.500 10h2.500M12.500 5H10v10h2.500" />
    </svg>
  );
}
