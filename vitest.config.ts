import { defineConfig } from 'vitest/config'
import { adapterEnvironment } from './test/support/adapter.ts'

// The workers are forked with this environment, so a plain `npx vitest run` sees the Vulkan driver as well.
Object.assign(process.env, adapterEnvironment())

/** One process for everything that opens a GPU: Dawn, its pipelines and a software Vulkan device are costly to set up twice. */
const oneProcess = { pool: 'forks', maxWorkers: 1, isolate: false, fileParallelism: false } as const

const unitFolders = [
  'util',
  'source',
  'syntax',
  'grammar',
  'diagnostics',
  'dims',
  'docs',
  'graph',
  'model',
  'std',
  'check',
  'reference',
  'analyse',
  'plan',
  'emit',
  'import',
  'cli',
  'lsp',
  'runtime',
  'structure',
  'support',
  'bench',
]

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: [`test/{${unitFolders.join(',')}}/**/*.test.ts`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'numerics',
          include: ['test/{device,numerics,models}/**/*.test.ts'],
          ...oneProcess,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          ...oneProcess,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          ...oneProcess,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
