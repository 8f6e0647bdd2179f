/** What takes long to make and is asked for again and again, by a key. When there is too much of it, all is made anew. */
export class Kept<Made> {
  private readonly made = new Map<string, Made>();

  constructor(private readonly most = 1000) {}

  get(key: string, make: () => Made): Made {
    const known = this.made.get(key);
    if (known !== undefined || this.made.has(key)) return known as Made;
    if (this.made.size >= this.most) this.made.clear();
    const made = make();
    this.made.set(key, made);
    return made;
  }
}
