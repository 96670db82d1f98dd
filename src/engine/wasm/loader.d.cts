/**
 * Loads the loader of AssemblyScript modules.
 *
 * @throws whatever the loader throws where it cannot run.
 */
export declare function requireLoader(): Pick<typeof import('@assemblyscript/loader'), 'instantiateSync'>;
