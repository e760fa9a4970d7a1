import type { Checked, Overrides, SpecFile } from '../check/index.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Package, PackageOptions } from '../emit/package.ts'
import type { KernelSource } from '../emit/wgsl.ts'
import type { Model } from '../model/model.ts'
import type { Storage } from '../model/precision.ts'
import type { Plan } from '../plan/plan.ts'
import type { DeviceProfile } from '../plan/profile.ts'
import type { SourceFile } from '../source/source.ts'
import type { CompileHost } from './host.ts'

export interface CompileOptions {
  /** Which model; may be left out where the file has one only. */
  readonly model?: string | undefined
  /** Values for its sizes and parameters, over those of the spec. */
  readonly sizes?: Overrides | undefined
  /** How weights are stored, over what the spec says; patterns of its `precision` keep what they say. */
  readonly weights?: Storage | undefined
  readonly profile?: DeviceProfile | undefined
  readonly package?: PackageOptions | undefined
}

/** How far a compilation has come. Passes add to it and change nothing that is there. */
export interface Compilation {
  readonly host: CompileHost
  /** The spec's path as it was given. */
  readonly path: string
  readonly options: CompileOptions
  /** All files that were read, by the paths that diagnostics have. */
  readonly sources: ReadonlyMap<string, SourceFile>
  readonly diagnostics: readonly Diagnostic[]
  /** After `parse`. */
  readonly entry?: SpecFile
  readonly std?: readonly SpecFile[]
  /** After `check`. */
  readonly checked?: Checked
  /** After `choose`. */
  readonly model?: Model
  /** After `plan`. */
  readonly plan?: Plan
  /** After `print`. */
  readonly kernels?: readonly KernelSource[]
  /** After `emit`. */
  readonly package?: Package
}

export const failed = ({ diagnostics }: Pick<Compilation, 'diagnostics'>): boolean =>
  diagnostics.some(({ severity }) => severity === 'error')
