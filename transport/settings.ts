/** A setting that cannot be used. The message is one sentence for whoever starts the process: what is wrong, and what to write. */
export class SettingError extends Error {
  /** `problem` goes on after the setting's name and has no full stop. */
  constructor(
    readonly setting: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${setting} ${problem}.`, options);
  }
}
