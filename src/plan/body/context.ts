import type { Graph } from '../../graph/graph.ts'
import type { Scope } from '../kernel.ts'
import type { DeviceProfile } from '../profile.ts'

/** What the families that print bodies need of a plan. */
export interface FamilyContext {
  readonly graph: Graph
  readonly profile: DeviceProfile
  /**
   * The bindings of a new kernel. `threads`: invocations of its workgroup, 0 if it has no place for reductions before its main part.
   * `heads`: that a workgroup works on, `head` from `first` on; one if it is left out.
   */
  scope(options: { readonly threads: number; readonly heads?: number }): Scope
}
