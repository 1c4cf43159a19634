/** Answers that are ready and that their clients have not taken: how much of them a process keeps, and what becomes of whoever lets it grow. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TemporaryFailure } from "./deadlines.js";

/** From how many bytes of unread answers on a server is pressed for memory: four of the largest answers that are taken of a subgraph. */
const MOST_BYTES = 128 * 2 ** 20;
/** How long a connection may then take nothing of its answer, in milliseconds; Node looks twice, so that it is up to double that. */
const HURRY_MS = 2_000;

interface Unread {
  /** As Node counts them: letters of a text, bytes of a buffer. All of them until the last has gone out, since all are kept until then. */
  readonly bytes: number;
  readonly holder: string;
  readonly isHurried: boolean;
}

/**
 * Counts what answers hold that their clients do not take, by who asked: the name that `nameHolder` gives them, else their address. Beyond `most` bytes a server
 * is pressed: connections that take nothing are cut soon, and whoever holds as much as others do on average is to ask nothing more. Beyond twice that the newest answer of
 * whoever holds most is cut at once, so that those that are nearly through are not begun anew.
 */
export class UnreadAnswers {
  /** What is held now. */
  bytes = 0;
  /** Requests that were refused and connections that were cut, so far. */
  readonly counts = { refused: 0, cut: 0 };
  /** In the order in which they were answered. */
  private readonly answers = new Map<Socket, Unread>();
  private readonly bytesOf = new Map<string, number>();

  constructor(
    private readonly nameHolder: (response: ServerResponse) => string | undefined = () => undefined,
    private readonly most = MOST_BYTES,
  ) {}

  /** Whether the request this response answers is not to be executed: its client must first read what it asked for before. */
  refuses(response: ServerResponse): boolean {
    return this.isPressed && (this.bytesOf.get(this.holderOf(response)) ?? 0) * this.bytesOf.size >= this.bytes;
  }

  /** What such a request is refused with; null where it is not. */
  refuse(response: ServerResponse): TemporaryFailure | null {
    if (!this.refuses(response)) return null;
    this.counts.refused++;
    return new TemporaryFailure("OVERLOADED", "What you asked for before is not read yet; read it or close its connections, and try again.");
  }

  /** Takes note of an answer that has ended and is not read. */
  hold(socket: Socket, response: ServerResponse): void {
    const holder = this.holderOf(response);
    const bytes = socket.writableLength;
    this.answers.set(socket, { bytes, holder, isHurried: false });
    this.add(holder, bytes);
    if (!this.isPressed) return;
    for (const [each, unread] of this.answers) if (!unread.isHurried) this.hurry(each, unread);
    // One alone is no crowd, however large it is.
    while (this.bytes > 2 * this.most && this.answers.size > 1) this.cut(this.newestOf(this.greatest()));
  }

  /** Takes note that a connection's answer is read, or its client has gone. */
  release(socket: Socket): void {
    const unread = this.answers.get(socket);
    if (!unread) return;
    this.answers.delete(socket);
    this.add(unread.holder, -unread.bytes);
  }

  /** Closes a connection that was silent for too long, or stands in the way. */
  cut(socket: Socket): void {
    if (this.answers.has(socket)) this.counts.cut++;
    this.release(socket);
    socket.destroy();
  }

  private get isPressed(): boolean {
    return this.bytes > this.most;
  }

  private holderOf(response: ServerResponse): string {
    return this.nameHolder(response) ?? response.socket?.remoteAddress ?? "";
  }

  private add(holder: string, bytes: number): void {
    this.bytes += bytes;
    const sum = (this.bytesOf.get(holder) ?? 0) + bytes;
    if (sum === 0) this.bytesOf.delete(holder);
    else this.bytesOf.set(holder, sum);
  }

  /** A connection whose client takes something of it starts its time anew. */
  private hurry(socket: Socket, unread: Unread): void {
    this.answers.set(socket, { ...unread, isHurried: true });
    socket.setTimeout(HURRY_MS);
  }

  private greatest(): string {
    return [...this.bytesOf].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
  }

  private newestOf(holder: string): Socket {
    return [...this.answers].findLast(([, unread]) => unread.holder === holder)![0];
  }
}
