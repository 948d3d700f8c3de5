//! Clones, work trees and states of git in which the answer is the same, or is said not to be known.
