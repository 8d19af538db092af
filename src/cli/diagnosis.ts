/** One thing that is looked at: what it is, how it is, and the one command where it is not well. */
export type Diagnosis = { check: string; ok: boolean; message: string; remedy?: string };

export const well = (check: string, message: string): Diagnosis => ({ check, ok: true, message });

export const ill = (check: string, message: string, remedy: string): Diagnosis => ({
  check,
  ok: false,
  message,
  remedy,
});
