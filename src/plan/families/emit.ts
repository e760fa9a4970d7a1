import type { KernelSpec } from '../kernel.ts'
import type { PendingLaunch, Program } from '../program.ts'
import type { KernelScope } from '../scope.ts'

/** Fixes a kernel and puts it at the end of the program. */
export function emit(program: Program, scope: KernelScope, specification: KernelSpec): void {
  program.launches.push(scope.launch(specification) as PendingLaunch)
}
