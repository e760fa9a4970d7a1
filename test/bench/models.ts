import type { ModelRequest } from './protocol.ts'

/** Whole models: small instances for software devices, the paper's sizes (arXiv 2412.06464) for a GPU. */
export function modelCases(large: boolean, budget: number): { readonly name: string; readonly request: ModelRequest }[] {
  const request = (spec: string, model: string, small: Readonly<Record<string, number>>): ModelRequest => ({
    spec,
    model,
    values: large ? {} : small,
    ...(large ? { chunk: 1024 } : {}),
    check: large ? 80 : 24,
    prefill: large ? [128, 1024, 4096] : [64, 256],
    decode: large ? { after: 1024, tokens: 64 } : { after: 64, tokens: 8 },
    budget,
  })
  return [
    { name: 'H1', request: request('examples/h1.gdn', 'GatedDeltaNetH1', {}) },
    { name: 'H2', request: request('examples/h2.gdn', 'GatedDeltaNetH2', {}) },
  ]
}
