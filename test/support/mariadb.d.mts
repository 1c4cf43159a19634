/** A MariaDB server of a test's own. */
export interface MariadbServer {
  /** With `{portfolio}` where a database's name stands. */
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL; its data stays. */
  kill(): Promise<void>;
  /** Sends its process SIGSTOP or SIGCONT. */
  signal(name: NodeJS.Signals): void;
  /** Starts it again on the same data and port, and waits until it answers. */
  restart(): Promise<void>;
}
export function startMariadb(options?: { durable?: boolean; options?: readonly string[] }): Promise<MariadbServer | null>;
