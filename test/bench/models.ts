import type { ModelRequest } from './protocol.ts'

/** Whole models: small instances for software devices, the paper's sizes (arXiv 2412.06464) for a GPU. */
export function modelCases(large: boolean, budget: number): { readonly name: string; readonly request: ModelRequest }[] {
  const small = { d: 192, vocab: 1000, heads: 3, key: 48, value: 96, queries: 4, window: 128, ffn: 512 }
  const request = (path: string, model: string, sizes: Readonly<Record<string, number>>): ModelRequest => ({
    source: { path, model, sizes: large ? {} : sizes },
    ...(large ? { chunk: 1024 } : {}),
    check: large ? 80 : 24,
    prefill: large ? [128, 1024, 4096] : [64, 256],
    decode: large ? { after: 1024, tokens: 64 } : { after: 64, tokens: 8 },
    budget,
  })
  return [
    { name: large ? 'H1' : 'H1, small', request: request('examples/h1.gdn', 'GatedDeltaNetH1', { ...small, pairs: 2 }) },
    {
      name: large ? 'H2' : 'H2, small',
      request: request('examples/h2.gdn', 'GatedDeltaNetH2', { ...small, groups: 1, ssm: 6, state: 64 }),
    },
  ]
}
