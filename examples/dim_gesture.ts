/**
 * Samples gestures with the denoiser of `dim_gesture.gdn`: the loop of a diffusion model (DDPM, arXiv 2006.11239, algorithm 2) lies
 * outside the graph and calls `forward` once per diffusion step. After `gdnc compile dim_gesture.gdn --model DiMGesture`:
 *
 *     import { DiMGesture } from 'di-m-gesture'
 *
 *     const model = await DiMGesture.create({ weights: '/models/gestures.safetensors' })
 *     const poses = await sampleGestures(model, { speech, frames: 120, pose: DiMGesture.sizes.pose, seed: 7 })
 */

/** What the loop needs of the generated class `DiMGesture`. */
export interface Denoiser {
  forward(input: {
    noisy: readonly Float32Array[]
    speech: readonly Float32Array[]
    time: readonly (readonly number[])[]
  }): Promise<{ noise: { data: Float32Array | Uint32Array } }>
}

export interface SampleOptions {
  /** Features of the audio, row by row: `[frames, audio]`. */
  readonly speech: Float32Array
  readonly frames: number
  /** Channels of a pose. */
  readonly pose: number
  /** Diffusion steps. Default 1000. */
  readonly steps?: number
  readonly seed?: number
  /** Called after every step, with how many are left. */
  readonly onStep?: (left: number) => void
}

/** Poses `[frames, pose]` that follow the speech, from noise. */
export async function sampleGestures(model: Denoiser, options: SampleOptions): Promise<Float32Array> {
  const { speech, frames, pose, steps = 1000, seed = 0, onStep } = options
  const normal = normals(seed)
  const { beta, alpha, product } = schedule(steps)
  const x = Float32Array.from({ length: frames * pose }, normal)
  for (let t = steps - 1; t >= 0; t--) {
    const { noise } = await model.forward({ noisy: [x], speech: [speech], time: [[t]] })
    const [a, b, p] = [alpha[t] as number, beta[t] as number, product[t] as number]
    for (let i = 0; i < x.length; i++) {
      const mean = ((x[i] as number) - (b / Math.sqrt(1 - p)) * (noise.data[i] as number)) / Math.sqrt(a)
      x[i] = t === 0 ? mean : mean + Math.sqrt(b) * normal()
    }
    onStep?.(t)
  }
  return x
}

/** Variances that grow linearly, `beta` from 1e-4 to 0.02 for 1000 steps, `alpha` = 1 - beta, and the products of the alphas so far. */
function schedule(steps: number): {
  readonly beta: readonly number[]
  readonly alpha: readonly number[]
  readonly product: readonly number[]
} {
  const scale = 1000 / steps
  const beta = Array.from({ length: steps }, (_, t) => Math.min(0.999, scale * (1e-4 + ((0.02 - 1e-4) * t) / Math.max(1, steps - 1))))
  const alpha = beta.map((b) => 1 - b)
  let soFar = 1
  const product = alpha.map((a) => {
    soFar *= a
    return soFar
  })
  return { beta, alpha, product }
}

/** Seeded normal numbers: a small counter-based generator and the Box-Muller transform. */
function normals(seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
