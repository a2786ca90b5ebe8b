// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDidRegistry} from "./IDidRegistry.sol";

contract DidRegistry is IDidRegistry {
    mapping(address identity => address) public owners;

    constructor(address recovery) {}

    function changeOwner(address identity, address newOwner) external {
        require(identityOwner(identity) == msg.sender, "bad_actor");
        owners[identity] = newOwner;
    }

    function identityOwner(address identity) public view returns (address) {
        address owner = owners[identity];
        return owner == address(0) ? identity : owner;
    }
}
