import { type DeviceProfile, portable } from '../plan/profile.ts'

/** Device profiles by the names that `--profile` takes. */
export const profiles: ReadonlyMap<string, DeviceProfile> = new Map([portable].map((profile) => [profile.name, profile]))
