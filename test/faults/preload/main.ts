import './clock.js';
import './kill-points.js';
import './sabotage.js';
