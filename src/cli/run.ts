import { type SpecOptions, withSpecOptions } from './compile-options.ts'
import type { Commands } from './program.ts'

export interface RunCommandOptions extends SpecOptions {
  readonly checkpoint?: string
  readonly seedWeights?: string
  readonly prompt?: string
  readonly ids?: string
  readonly tokenizer?: string
  readonly maxTokens?: string
  readonly context?: string
  readonly greedy?: boolean
  readonly temperature?: string
  readonly topK?: string
  readonly topP?: string
  readonly minP?: string
  readonly repetitionPenalty?: string
  readonly seed?: string
  readonly stop?: string
}

export function defineRun(commands: Commands): void {
  const command = withSpecOptions(commands.command('run'))
    .description('compile a spec in memory and generate with it')
    .argument('<spec>', 'a .gdn file')
    .option('-c, --checkpoint <source>', 'weights: a folder, a safetensors file, or a URL of either')
    .option('--seed-weights <n>', "the spec's own starting values instead, from this seed")
    .option('-p, --prompt <text>', 'turned into ids by tokenizer.json')
    .option('--ids <list>', 'the prompt as token ids: 1,2,3')
    .option('--tokenizer <file>', "default: tokenizer.json in the checkpoint's folder")
    .option('-n, --max-tokens <n>', 'tokens to generate at most', '64')
    .option('--context <n>', 'tokens that the session may hold; default: what the device can')
    .option('--greedy', 'always the most likely token; the default where no other choice is made')
    .option('--temperature <x>', 'divides the logits')
    .option('--top-k <n>', 'draw from the n likeliest')
    .option('--top-p <x>', 'draw from the likeliest that hold this share')
    .option('--min-p <x>', 'draw from those with this share of the likeliest')
    .option('--repetition-penalty <x>', 'above 1: less of what was there already')
    .option('--seed <n>', 'of the draws')
    .option('--stop <list>', 'ids that end the text; default: those of the checkpoint')
  commands.runs<RunCommandOptions>(command, async () => {
    const { run } = await import('./run-work.ts')
    return run
  })
}
