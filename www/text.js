// Words for numbers; no line ends between a number and its unit.

export const milliseconds = (value) => (value < 1000 ? `${Math.round(value)}\u00a0ms` : `${(value / 1000).toFixed(1)}\u00a0s`);

export const seconds = (value) => `${Math.max(0, Math.ceil(value / 1000))}\u00a0s`;

export const clockTime = () => new Date().toLocaleTimeString();

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
