import type { Engine } from '../../src/runtime/engine.ts'
import { Executor } from '../../src/runtime/executor.ts'
import { type ModelInput, readRows } from '../../src/runtime/inputs.ts'
import { createModel, Model } from '../../src/runtime/model.ts'
import { BoundPrograms, type ProgramName } from '../../src/runtime/programs.ts'
import { packRun, RUN_BYTES } from '../../src/runtime/run.ts'
import { schedule } from '../../src/runtime/schedule.ts'
import { Uploader } from '../../src/runtime/weights/upload.ts'
import type { Compiled } from './compiled.ts'
import { PassClock } from './device.ts'
import type { Feed } from './feeds.ts'
import type { Prepared } from './measure.ts'

/** The model class of a package, and the engine behind it, which users do not see. */
class OpenModel extends Model {
  readonly engine: Engine

  constructor(engine: Engine) {
    super(engine)
    this.engine = engine
  }
}

/** The programs that one run of a feed's commands consists of. */
const programsOf: Readonly<Record<Feed['program'], readonly ProgramName[]>> = { step: ['step'], forward: ['prefill', 'forwardTail'] }

/** Tokens of one pass: all, unless they only lead to the one that is timed. */
const chunkOf = ({ program, tokens }: Feed): number => (program === 'step' ? Math.min(1024, tokens) : tokens)

/** A model of one kernel on a device, with the weights of its case. */
export class OneKernel {
  readonly #model: OpenModel
  readonly #feed: Feed

  private constructor(model: OpenModel, feed: Feed) {
    this.#model = model
    this.#feed = feed
  }

  static async create(device: GPUDevice, { manifest, kernels }: Compiled, feed: Feed): Promise<OneKernel> {
    const model = await createModel(OpenModel, manifest, kernels, { device, weights: { seed: 1 }, chunk: chunkOf(feed) })
    for (const { path, data } of feed.weights) await writeWeight(model.engine, path, data)
    return new OneKernel(model, feed)
  }

  /** The kernels that the timed tokens go through, in order. */
  get kernels(): string[] {
    const { programs, kernels } = this.#model.manifest
    return programsOf[this.#feed.program].flatMap((name) => programs[name].map(({ kernel }) => kernels[kernel]!.name))
  }

  /** The output at the timed tokens, through the API that users have. */
  async output(): Promise<Float32Array> {
    const { inputs, tokens, program } = this.#feed
    if (program === 'forward') return only(await this.#model.forward(inputs as ModelInput))
    const session = this.#model.session()
    try {
      if (tokens > 1) await session.prefill(part(inputs, tokens, 0, tokens - 1))
      return only(await session.step(part(inputs, tokens, tokens - 1, tokens)))
    } finally {
      session.dispose()
    }
  }

  /**
   * Makes the timed tokens ready to be run `times` times over in one compute pass. Every run writes what it reads of the state, so runs
   * wait for each other as layers do.
   */
  async prepare(): Promise<(times: number) => Prepared> {
    const { engine } = this.#model
    const { inputs, tokens, program } = this.#feed
    const chunk = chunkOf(this.#feed)
    const { workspace, checked: arenas } = engine.workspace(1, chunk, program === 'step' ? 'session' : 'forward')
    if (workspace.tokens < chunk) throw new Error(`one pass holds ${workspace.tokens} tokens on this device, ${chunk} are wanted`)
    const { value, checked } = engine.allocate('bench', () => {
      const executor = new Executor(engine, workspace, { maxTokens: tokens + 1, slack: 0, use: program === 'step' ? 'session' : 'forward' })
      return { executor, run: engine.memory.create('run', RUN_BYTES, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST) }
    })
    await Promise.all([arenas, checked])
    const { executor, run: passRun } = value
    await executor.reserve(tokens, [0])
    const rows = readRows(engine.manifest.inputs, inputs as ModelInput, 1)
    if (program === 'step') {
      for (const before of schedule([tokens - 1], chunk)) {
        const pass = executor.upload(rows, before, before.from)
        await executor.submit('prefill', (encoder) => executor.computeRows(encoder, pass, 'take'))
      }
      const last = readRows(engine.manifest.inputs, part(inputs, tokens, tokens - 1, tokens), 1)
      executor.uploadStep(last, [tokens - 1])
    } else {
      const pass = executor.upload(rows, { from: [0], lengths: [tokens], tokens }, [0])
      engine.device.queue.writeBuffer(passRun, 0, packRun(pass))
    }
    const names = programsOf[program]
    const { states, rowRun } = executor
    const programs = new BoundPrograms(engine, { workspace, states, inputs: executor.inputs, passRun, rowRun }, names)
    const clock = new PassClock(engine.device)
    const size = { batch: 1, tokens: program === 'step' ? 1 : tokens }
    return (times) => ({
      run: () =>
        clock.time((pass) => {
          for (let i = 0; i < times; i++) for (const name of names) programs.encode(pass, name, size)
        }),
      dispose() {},
    })
  }
}

async function writeWeight({ manifest, device, weights }: Engine, path: string, data: Float32Array): Promise<void> {
  const entry = manifest.weights.find((weight) => weight.path === path)
  if (entry === undefined) throw new Error(`no weight ${path}, only ${manifest.weights.map((weight) => weight.path).join(', ')}`)
  await new Uploader(device, weights).write(entry, 0, data as Float32Array<ArrayBuffer>)
}

function part(inputs: Feed['inputs'], tokens: number, from: number, to: number): ModelInput {
  const entries = Object.entries(inputs).map(([name, data]) => {
    const words = data.length / tokens
    return [name, data.subarray(from * words, to * words)]
  })
  return Object.fromEntries(entries) as ModelInput
}

function only(outputs: Readonly<Record<string, { readonly data: Float32Array | Uint32Array }>>): Float32Array {
  const [output, ...others] = Object.values(outputs)
  if (output === undefined || others.length > 0) throw new Error(`${others.length + 1} outputs, expected one`)
  return output.data as Float32Array
}
