/** A layer of a random spec: how it is written in a stack, and the definitions that it needs, in which `OWN` stands for a name of its own. */
export interface Part {
  readonly call: string
  readonly definitions: readonly string[]
}

export const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`
