// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface IDidRegistry {
    function identityOwner(address identity) external view returns (address);
}
