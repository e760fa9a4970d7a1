import type { Commands } from './program.ts'
export function defineFormat(_commands: Commands): void {}
