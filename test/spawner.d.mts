export const receive: (pipe: number) => unknown;
export const send: (pipe: number, value: unknown) => void;
