import { z } from 'zod'

/** The view models of `templates/ts`, by template. Everything in them is text that is already safe where it will stand. */
const code = z.string()

const classView = z.strictObject({
  className: code,
  /** Documentation comments, indented for their place. */
  classDoc: code,
  createDoc: code,
  sizes: code,
  /** The rest of the call of `createModel`: how proofs are loaded, or nothing. */
  proofs: code,
})

export const viewSchemas = {
  'index.ts': classView.extend({ inputs: code, outputs: code, sizesType: code }),
  'index.js': classView,
  'index.d.ts': classView.omit({ sizes: true, proofs: true }).extend({ inputs: code, outputs: code, sizesType: code }),
  'kernels.js': z.strictObject({ kernels: z.array(z.strictObject({ name: code, text: code })) }),
  'proofs.js': z.strictObject({ ops: z.array(z.strictObject({ name: code, identifier: code, file: code })), graph: code, kernels: code }),
  'README.md': z.strictObject({
    title: z.string(),
    about: z.string(),
    version: z.string(),
    model: z.string(),
    className: z.string(),
    source: z.string(),
    summary: z.string(),
    snippet: code,
    checkpoint: z.string(),
    sessions: z.boolean(),
    verifies: z.boolean(),
    io: z.array(z.strictObject({ kind: z.string(), name: z.string(), type: z.string(), about: z.string() })),
    kernelCount: z.string(),
  }),
} satisfies Record<string, z.ZodType>

export type View<T extends keyof typeof viewSchemas> = z.infer<(typeof viewSchemas)[T]>
