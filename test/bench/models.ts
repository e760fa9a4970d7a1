import type { ModelRequest } from './protocol.ts'

/**
 * Whole models: for a GPU the paper's sizes (arXiv 2412.06464); for a software device a small instance of the one that has every kind of
 * layer, because such a device spends a minute on compiling kernels for each.
 */
export function modelCases(large: boolean, budget: number): { readonly name: string; readonly request: ModelRequest }[] {
  const h2 = { path: 'examples/h2.gdn', model: 'GatedDeltaNetH2' }
  if (!large) {
    const layers = { groups: 1, ssm: 6, state: 64, heads: 3, key: 48, value: 96, queries: 4, window: 128 }
    const source = { ...h2, sizes: { d: 192, vocab: 1000, ffn: 512, ...layers } }
    return [{ name: 'H2, small', request: { source, check: 24, prefill: [64, 256], decode: { after: 64, tokens: 8 }, budget } }]
  }
  const request = { chunk: 1024, check: 80, prefill: [128, 1024, 4096], decode: { after: 1024, tokens: 64 }, budget }
  const h1 = { path: 'examples/h1.gdn', model: 'GatedDeltaNetH1' }
  return [
    { name: 'H1', request: { ...request, source: h1 } },
    { name: 'H1, f16 weights', request: { ...request, source: { ...h1, weights: 'f16' } } },
    { name: 'H2', request: { ...request, source: h2 } },
  ]
}
