/** Statements of one WGSL scope under construction, with the values that have names there or further out. */
export class Block {
  readonly lines: string[] = []
  readonly #names = new Map<string, string>()
  readonly #outer: Block | null
  readonly #used: Set<string>

  constructor(outer: Block | null = null, used: Set<string> = outer ? outer.#used : new Set()) {
    this.#outer = outer
    this.#used = used
  }

  /** A scope that stands before this one: no name twice in both, but neither sees the other's values. */
  before(): Block {
    return new Block(null, this.#used)
  }

  push(...lines: string[]): void {
    this.lines.push(...lines)
  }

  named(key: string): string | undefined {
    return this.#names.get(key) ?? this.#outer?.named(key)
  }

  /** A name that no scope of this kernel has yet: `wanted`, or `wanted_2` and so on. */
  unique(wanted: string): string {
    let name = wanted
    for (let count = 2; this.#used.has(name); count++) name = `${wanted}_${count}`
    this.#used.add(name)
    return name
  }

  /** Names `text` once per `key`. */
  let(key: string, wanted: string, text: string): string {
    const known = this.named(key)
    if (known !== undefined) return known
    const name = this.unique(wanted)
    this.push(`let ${name} = ${text};`)
    this.#names.set(key, name)
    return name
  }

  /** Gives `key` a name that is declared elsewhere. */
  alias(key: string, name: string): void {
    this.#names.set(key, name)
  }

  /** Appends `head {` ... `}` around what `fill` pushes into a scope of its own. */
  nest(head: string, fill: (inner: Block) => void): void {
    const inner = new Block(this)
    fill(inner)
    this.push(`${head} {`, ...inner.lines.map((line) => `  ${line}`), '}')
  }
}
