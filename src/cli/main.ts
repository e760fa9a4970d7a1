#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// The compiled form of our modules is kept between runs: half of a short command is reading them.
enableCompileCache()

const [{ main }, { nodeHost }] = await Promise.all([import('./program.ts'), import('./host.ts')])
process.exitCode = await main(process.argv.slice(2), nodeHost())
