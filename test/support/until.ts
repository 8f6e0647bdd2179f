const LOOK_EVERY_MS = 10;

/** Looks again and again until `check` holds; fails, saying what it waited for, when it does not in time. */
export async function until(what: string, check: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
