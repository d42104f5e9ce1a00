/** Neighbour states, with the bits of Linux's NUD_*. */
export const Nud = {
  none: 0,
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const;

/** States in which the MAC address is used without a doubt. */
export const NUD_CONNECTED = Nud.permanent | Nud.noarp | Nud.reachable;
/** States in which there is a MAC address. */
export const NUD_VALID = NUD_CONNECTED | Nud.probe | Nud.stale | Nud.delay;
/** States in which a timer runs. */
export const NUD_IN_TIMER = Nud.incomplete | Nud.reachable | Nud.delay | Nud.probe;

/** Marks that whoever made an entry gave it, with the bits of Linux's NTF_*. */
export const NEIGHBOUR_FLAG = { externLearned: 0x10, router: 0x80, managed: 0x100 } as const;
