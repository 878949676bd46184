export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
h1 { font-size: 1.2rem; margin: 0; overflow-wrap: anywhere; }
#state, .time { opacity: .65; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.type { font-weight: 600; overflow-wrap: anywhere; }
.good { color: light-dark(#0a6b2d, #6fdc94); }
.bad { color: light-dark(#b3261e, #ff8a80); }
pre { border-top: 1px solid var(--line); margin: .5rem 0 0; overflow: auto; padding-top: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; max-height: 24rem; }
`;
