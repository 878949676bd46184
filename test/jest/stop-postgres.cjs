module.exports = async (...args) => {
  const { default: stop } = await import('../../dist/libs/testing/src/jest-global-teardown.js');
  await stop(...args);
};
