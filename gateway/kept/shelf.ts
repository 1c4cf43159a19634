/** A cache of so many bytes at most, which lets go of what was not asked for longest. */
export class Shelf<Value> {
  /** Bytes that are taken. */
  bytes = 0;
  private readonly places = new Map<string, { readonly value: Value; readonly bytes: number }>();

  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    const place = this.places.get(key);
    if (!place) return undefined;
    this.places.delete(key);
    this.places.set(key, place);
    return place.value;
  }

  /** Keeps a value, which takes so many bytes. */
  set(key: string, value: Value, bytes: number): void {
    this.remove(key);
    this.places.set(key, { value, bytes });
    this.bytes += bytes;
    while (this.bytes > this.most) this.remove(this.places.keys().next().value!);
  }

  private remove(key: string): void {
    this.bytes -= this.places.get(key)?.bytes ?? 0;
    this.places.delete(key);
  }
}
