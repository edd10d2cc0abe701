// Words for numbers.

export const milliseconds = (value) => (value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`);

export const seconds = (value) => `${Math.max(0, Math.ceil(value / 1000))} s`;

export const clockTime = () => new Date().toLocaleTimeString();

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
