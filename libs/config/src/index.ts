export { loadConfig, loadGroups, loadOptional } from './load-config.js';
export type { Config, Environment, Group } from './load-config.js';
export { ConfigError } from './config-error.js';
export { VARIABLES } from './variables.js';
export type { Variable } from './variable.js';
export { childEnvironment, rawVariable, setForChildren } from './environment.js';
export { formatMasterKeys } from './master-keys.js';
export type { MasterKey } from './master-keys.js';
